import type { Admin, Kafka } from "kafkajs";

/** Lends an admin connection of its own: questions to the brokers are rare, and a fresh connection has no stale state. */
export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    // What was asked has been answered or has failed by now; a broken connection may not hide that.
    await admin.disconnect().catch(() => {});
  }
}
