/** SQL: the shard's row, locked, as long as its term is the caller's. Parameters: $1 shard, $2 term. */
export const owner = `owner as (
     update shard set last_seq = last_seq where id = $1::integer and term = $2::bigint returning id, last_seq
   )`;

/** SQL: that, and the source in the revision that was read. Parameters: $1–$2, $3 source, $4 revision, $5 the next one. */
export const ownerAndStep = `${owner}, step as (
     update source set revision = $5::bigint
     where id = $3::integer and shard = $1::integer and revision = $4::bigint
     returning id
   )`;

/** SQL, to be selected: raise unless they hold. */
export const isOwner = "require(exists (select 1 from owner), 'TM001')";
export const isStep = "require(exists (select 1 from step), 'TM002')";
