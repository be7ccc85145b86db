-- Lets W.I.T. work on a database whose tables another role owns, so that it cannot change its own journal:
--   psql -v app=wit_app -f scripts/journal-grants.sql "$OWNER_URL"     after every `--role migrate`, which stays the owner's work.
-- Nodes and gateways then get WIT_DATABASE_URL of that role. The embedded database has one role, which owns the tables: there the
-- triggers on `event` guard the journal, and `npm run verify-journal` finds who went around them.
grant usage on schema public to :"app";
grant select, insert, update, delete on all tables in schema public to :"app";
grant usage on all sequences in schema public to :"app";
revoke update, delete, truncate on event, event_0, event_1, event_2, event_3 from :"app";
-- Only the owner archives: `npm run archive` with the owner's WIT_DATABASE_URL.
revoke insert, update, delete, truncate on archive from :"app";
revoke insert, update, delete, truncate on kysely_migration, kysely_migration_lock from :"app";
