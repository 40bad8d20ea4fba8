-- Privacy rules of a source; the key of their digests as a reference only. What is stored of its accounts was written under the rules whose
-- fingerprint is privacy_applied (null: none); when the rules have changed, the source's owner rewrites it before anything else.

alter table source
  add column privacy jsonb check (jsonb_typeof(privacy) = 'object'),
  add column privacy_applied text;
