/// The steps in their order.
extension RegistryMigration {
  static let all = [
    RegistryMigration(
      number: 1, name: "tenants, keys, settings",
      sql: """
        CREATE TABLE tenants (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          created_at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO tenants (id, name, created_at) VALUES (1, 'default', 0);
        CREATE TABLE api_keys (
          id TEXT PRIMARY KEY,
          tenant INTEGER NOT NULL REFERENCES tenants (id),
          name TEXT NOT NULL,
          may_ingest INTEGER NOT NULL CHECK (may_ingest IN (0, 1)),
          may_query INTEGER NOT NULL CHECK (may_query IN (0, 1)),
          hash BLOB NOT NULL CHECK (length(hash) = 32),
          created_at INTEGER NOT NULL,
          expires_at INTEGER,
          revoked_at INTEGER,
          last_used_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX api_keys_by_age ON api_keys (created_at);
        CREATE TABLE settings (
          tenant INTEGER NOT NULL REFERENCES tenants (id),
          name TEXT NOT NULL,
          value TEXT NOT NULL,
          updated_at INTEGER NOT NULL,
          PRIMARY KEY (tenant, name)
        ) STRICT, WITHOUT ROWID;
        """),
    RegistryMigration(
      number: 2, name: "permissions as names",
      sql: """
        ALTER TABLE api_keys ADD COLUMN permissions TEXT NOT NULL DEFAULT '';
        UPDATE api_keys SET permissions = CASE
          WHEN may_ingest = 1 AND may_query = 1 THEN 'ingest,query'
          WHEN may_ingest = 1 THEN 'ingest'
          WHEN may_query = 1 THEN 'query'
          ELSE ''
        END;
        ALTER TABLE api_keys DROP COLUMN may_ingest;
        ALTER TABLE api_keys DROP COLUMN may_query;
        """),
    RegistryMigration(
      number: 3, name: "documents, count of changes",
      sql: """
        CREATE TABLE documents (
          tenant INTEGER NOT NULL REFERENCES tenants (id),
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          name TEXT,
          revision INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL,
          updated_by TEXT,
          body BLOB NOT NULL,
          PRIMARY KEY (tenant, kind, id)
        ) STRICT;
        CREATE UNIQUE INDEX documents_by_name ON documents (tenant, kind, name) WHERE name IS NOT NULL;
        CREATE TABLE document_revisions (
          tenant INTEGER NOT NULL REFERENCES tenants (id),
          kind TEXT NOT NULL,
          last_deleted INTEGER NOT NULL,
          PRIMARY KEY (tenant, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE change_count (count INTEGER NOT NULL) STRICT;
        INSERT INTO change_count (count) VALUES (0);
        """),
    RegistryMigration(
      number: 4, name: "idempotency records",
      sql: """
        CREATE TABLE idempotency_records (
          tenant INTEGER NOT NULL REFERENCES tenants (id),
          key TEXT NOT NULL,
          fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
          process INTEGER NOT NULL,
          begun_at INTEGER NOT NULL,
          completed_at INTEGER,
          status INTEGER,
          fields TEXT,
          body BLOB,
          PRIMARY KEY (tenant, key)
        ) STRICT;
        CREATE INDEX idempotency_records_by_age ON idempotency_records (begun_at);
        CREATE INDEX idempotency_records_by_tenant_and_age ON idempotency_records (tenant, begun_at);
        """),
  ]
}
