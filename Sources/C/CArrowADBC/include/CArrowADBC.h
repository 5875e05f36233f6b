#pragma once

// The binary interfaces between this process and the embedded engine, declared from their public specifications:
//   Arrow C data interface    https://arrow.apache.org/docs/format/CDataInterface.html
//   Arrow C stream interface  https://arrow.apache.org/docs/format/CStreamInterface.html
//   ADBC 1.1.0                https://arrow.apache.org/adbc/1.1.0/format/specification.html
// Layouts are frozen by those documents; Static_asserts below hold the sizes.

#include <stddef.h>
#include <stdint.h>

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};

typedef uint8_t AdbcStatusCode;

#define ADBC_STATUS_OK 0
#define ADBC_VERSION_1_1_0 1001000
#define ADBC_INGEST_OPTION_TARGET_TABLE "adbc.ingest.target_table"
#define ADBC_INGEST_OPTION_MODE "adbc.ingest.mode"
#define ADBC_INGEST_OPTION_MODE_APPEND "adbc.ingest.mode.append"

struct AdbcDriver;

struct AdbcError {
  char *message;
  int32_t vendor_code;
  char sqlstate[5];
  void (*release)(struct AdbcError *);
  void *private_data;
  struct AdbcDriver *private_driver;
};

struct AdbcDatabase {
  void *private_data;
  struct AdbcDriver *private_driver;
};

struct AdbcConnection {
  void *private_data;
  struct AdbcDriver *private_driver;
};

struct AdbcStatement {
  void *private_data;
  struct AdbcDriver *private_driver;
};

struct AdbcPartitions;
struct AdbcErrorDetail;

struct AdbcDriver {
  void *private_data;
  void *private_manager;
  AdbcStatusCode (*release)(struct AdbcDriver *, struct AdbcError *);

  AdbcStatusCode (*DatabaseInit)(struct AdbcDatabase *, struct AdbcError *);
  AdbcStatusCode (*DatabaseNew)(struct AdbcDatabase *, struct AdbcError *);
  AdbcStatusCode (*DatabaseSetOption)(struct AdbcDatabase *, const char *, const char *, struct AdbcError *);
  AdbcStatusCode (*DatabaseRelease)(struct AdbcDatabase *, struct AdbcError *);

  AdbcStatusCode (*ConnectionCommit)(struct AdbcConnection *, struct AdbcError *);
  AdbcStatusCode (*ConnectionGetInfo)(struct AdbcConnection *, const uint32_t *, size_t, struct ArrowArrayStream *,
                                      struct AdbcError *);
  AdbcStatusCode (*ConnectionGetObjects)(struct AdbcConnection *, int, const char *, const char *, const char *,
                                         const char **, const char *, struct ArrowArrayStream *, struct AdbcError *);
  AdbcStatusCode (*ConnectionGetTableSchema)(struct AdbcConnection *, const char *, const char *, const char *,
                                             struct ArrowSchema *, struct AdbcError *);
  AdbcStatusCode (*ConnectionGetTableTypes)(struct AdbcConnection *, struct ArrowArrayStream *, struct AdbcError *);
  AdbcStatusCode (*ConnectionInit)(struct AdbcConnection *, struct AdbcDatabase *, struct AdbcError *);
  AdbcStatusCode (*ConnectionNew)(struct AdbcConnection *, struct AdbcError *);
  AdbcStatusCode (*ConnectionSetOption)(struct AdbcConnection *, const char *, const char *, struct AdbcError *);
  AdbcStatusCode (*ConnectionReadPartition)(struct AdbcConnection *, const uint8_t *, size_t,
                                            struct ArrowArrayStream *, struct AdbcError *);
  AdbcStatusCode (*ConnectionRelease)(struct AdbcConnection *, struct AdbcError *);
  AdbcStatusCode (*ConnectionRollback)(struct AdbcConnection *, struct AdbcError *);

  AdbcStatusCode (*StatementBind)(struct AdbcStatement *, struct ArrowArray *, struct ArrowSchema *,
                                  struct AdbcError *);
  AdbcStatusCode (*StatementBindStream)(struct AdbcStatement *, struct ArrowArrayStream *, struct AdbcError *);
  AdbcStatusCode (*StatementExecuteQuery)(struct AdbcStatement *, struct ArrowArrayStream *, int64_t *,
                                          struct AdbcError *);
  AdbcStatusCode (*StatementExecutePartitions)(struct AdbcStatement *, struct ArrowSchema *, struct AdbcPartitions *,
                                               int64_t *, struct AdbcError *);
  AdbcStatusCode (*StatementGetParameterSchema)(struct AdbcStatement *, struct ArrowSchema *, struct AdbcError *);
  AdbcStatusCode (*StatementNew)(struct AdbcConnection *, struct AdbcStatement *, struct AdbcError *);
  AdbcStatusCode (*StatementPrepare)(struct AdbcStatement *, struct AdbcError *);
  AdbcStatusCode (*StatementRelease)(struct AdbcStatement *, struct AdbcError *);
  AdbcStatusCode (*StatementSetOption)(struct AdbcStatement *, const char *, const char *, struct AdbcError *);
  AdbcStatusCode (*StatementSetSqlQuery)(struct AdbcStatement *, const char *, struct AdbcError *);
  AdbcStatusCode (*StatementSetSubstraitPlan)(struct AdbcStatement *, const uint8_t *, size_t, struct AdbcError *);

  // Since ADBC 1.1.0
  int (*ErrorGetDetailCount)(const struct AdbcError *);
  void *ErrorGetDetail;
  const struct AdbcError *(*ErrorFromArrayStream)(struct ArrowArrayStream *, AdbcStatusCode *);
  void *DatabaseGetOption;
  void *DatabaseGetOptionBytes;
  void *DatabaseGetOptionDouble;
  void *DatabaseGetOptionInt;
  void *DatabaseSetOptionBytes;
  void *DatabaseSetOptionDouble;
  void *DatabaseSetOptionInt;
  void *ConnectionCancel;
  void *ConnectionGetOption;
  void *ConnectionGetOptionBytes;
  void *ConnectionGetOptionDouble;
  void *ConnectionGetOptionInt;
  void *ConnectionGetStatistics;
  void *ConnectionGetStatisticNames;
  void *ConnectionSetOptionBytes;
  void *ConnectionSetOptionDouble;
  void *ConnectionSetOptionInt;
  AdbcStatusCode (*StatementCancel)(struct AdbcStatement *, struct AdbcError *);
  void *StatementExecuteSchema;
  void *StatementGetOption;
  void *StatementGetOptionBytes;
  void *StatementGetOptionDouble;
  void *StatementGetOptionInt;
  void *StatementSetOptionBytes;
  void *StatementSetOptionDouble;
  void *StatementSetOptionInt;
};

typedef AdbcStatusCode (*AxonizeAdbcDriverInit)(int version, void *driver, struct AdbcError *error);

_Static_assert(sizeof(struct ArrowSchema) == 72, "Arrow C data interface: schema");
_Static_assert(sizeof(struct ArrowArray) == 80, "Arrow C data interface: array");
_Static_assert(sizeof(struct ArrowArrayStream) == 40, "Arrow C stream interface");
_Static_assert(sizeof(struct AdbcError) == 48, "ADBC 1.1.0: error");


/// Resolves the entry point of a loaded engine; NULL when it has none.
AxonizeAdbcDriverInit axonize_adbc_entry_point(void *library);

// Lets exit(3) flush the standard streams and then end the process without the destructors that were registered before
// this call. The engine's threads are never joined; its global destructors free what they still use, and the process
// then dies or hangs in exit. Committed rows need no destructor: they survive even SIGKILL. Call it when the engine has
// started; it may be called again, later registrations run first.
void axonize_skip_engine_destructors_at_exit(void);

// Gives the signals of a crash their standard action again: the process ends at once and can be started anew. The engine's
// handlers wait for a thread that writes a report, which a library's user does not have: the process would hang.
void axonize_restore_crash_signals(void);
