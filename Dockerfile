FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY LICENSE ./
COPY migrations migrations
COPY ops/container ops/container
COPY src src
# COPY keeps the modes of a checkout, which may be its owner's alone.
RUN chmod -R a+rX .

FROM node:24-slim
LABEL org.opencontainers.image.title="Tidemark" \
      org.opencontainers.image.description="Account changes on Kafka: exactly once, in order per account." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    TIDEMARK_CONFIG=/etc/tidemark/tidemark.yaml
WORKDIR /app
COPY --from=build /app ./
# Only simulators write. A volume that is mounted here begins with this folder's owner.
RUN install -d -o node -g node /var/lib/tidemark
USER node
EXPOSE 9400
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "/app/ops/container/health-probe.js", "http://127.0.0.1:9400/healthz"]
# The exec form: signals reach node itself, and SIGTERM drains the worker.
# The size is that of the first line of bin.js.
ENTRYPOINT ["node", "--max-semi-space-size=8", "/app/src/bin.js"]
CMD ["run"]
