// What writers are told apart by must never be given out twice, not even by a database that was restored or failed over to an older copy
// while workers live on: what they hold, or have sent, would fit by chance.

/** SQL: a term above the shard's last one, and above all that were granted before this moment. */
export const nextTerm = "greatest(term + 1, (extract(epoch from now()) * 1000)::bigint)";

/** SQL: a random 64-bit revision. */
export const newRevision = "hashtextextended(gen_random_uuid()::text, 0)";
