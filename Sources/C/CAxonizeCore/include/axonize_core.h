#ifndef AXONIZE_CORE_H
#define AXONIZE_CORE_H
// The C face of the SDK's core: structures whose layout C and Swift share, and the functions that Swift implements.
//
// The core is Swift that uses pointers only, so that an object built with -O -wmo needs no symbol of Swift's run-time
// and can be linked into an extension of another language. Functions never block unless they say so, never allocate
// without a bound and report what they could not do as a result or a counter. Times are nanoseconds; a "unix" time
// counts from 1970, a "tick" is CLOCK_MONOTONIC.

#include <stddef.h>
#include <stdint.h>

#include "axonize_core_system.h"

#pragma clang assume_nonnull begin

// MARK: Buffers

// Growing bytes: begins in storage of the owner and moves to the heap when it outgrows that.
typedef struct axz_buffer {
  uint8_t *_Nullable data;
  uint32_t used;
  uint32_t capacity;
  // The greatest capacity; what would outgrow it is refused.
  uint32_t limit;
  uint32_t on_heap;
} axz_buffer;

void axz_buffer_init(axz_buffer *buffer, uint8_t *_Nullable storage, uint32_t capacity, uint32_t limit);
void axz_buffer_free(axz_buffer *buffer);
// False when the buffer is at its limit or memory is out; then nothing was written.
_Bool axz_buffer_append(axz_buffer *buffer, const uint8_t *_Nullable bytes, size_t size);
_Bool axz_buffer_varint(axz_buffer *buffer, uint64_t value);
_Bool axz_buffer_fixed64(axz_buffer *buffer, uint64_t value);
// A protobuf message or string in place: open returns the mark that close needs, or 0 when the buffer is full.
// A failed body is undone by axz_buffer_undo with the same mark.
uint32_t axz_buffer_open(axz_buffer *buffer, uint32_t field);
_Bool axz_buffer_close(axz_buffer *buffer, uint32_t mark);
void axz_buffer_undo(axz_buffer *buffer, uint32_t mark);
// Fields with a number below 16.
_Bool axz_buffer_string(axz_buffer *buffer, uint32_t field, const uint8_t *_Nullable text, size_t size);

// Values of OTLP's AnyValue (opentelemetry/proto/common/v1/common.proto), written as that message's content.
_Bool axz_value_string(axz_buffer *buffer, const uint8_t *_Nullable text, size_t size);
_Bool axz_value_bool(axz_buffer *buffer, _Bool value);
_Bool axz_value_int(axz_buffer *buffer, int64_t value);
_Bool axz_value_double(axz_buffer *buffer, double value);
_Bool axz_value_bytes(axz_buffer *buffer, const uint8_t *_Nullable bytes, size_t size);
enum { AXZ_VALUE_ARRAY = 5, AXZ_VALUE_MAP = 6, AXZ_LIST_VALUES = 1, AXZ_PAIR_KEY = 1, AXZ_PAIR_VALUE = 2 };

// The size of `text` cut to `characters` code points and to `bytes`, at the boundary of a code point.
size_t axz_text_cut(const uint8_t *_Nullable text, size_t size, uint32_t characters, uint32_t bytes);

// MARK: Settings

enum { AXZ_SAMPLER_ON = 0, AXZ_SAMPLER_OFF = 1, AXZ_SAMPLER_RATIO = 2 };
enum { AXZ_COMPRESSION_NONE = 0, AXZ_COMPRESSION_GZIP = 1, AXZ_COMPRESSION_ZSTD = 2 };
// Who sends: the embedder, or a thread of the core over HTTP/1.1 or over gRPC, both without TLS.
enum { AXZ_SENDS_NOT = 0, AXZ_SENDS_HTTP = 1, AXZ_SENDS_GRPC = 2 };

typedef struct axz_limits {
  uint32_t attributes;        // of a span
  uint32_t events;            // of a span
  uint32_t links;             // of a span
  uint32_t event_attributes;  // of one event
  uint32_t link_attributes;   // of one link
  uint32_t value_characters;  // of a text in a value; UINT32_MAX: no limit
  uint32_t value_bytes;       // of a text or bytes in a value, always in force
  uint32_t span_bytes;        // of all attributes, events and links of a span
} axz_limits;

typedef struct axz_settings {
  axz_limits limits;
  uint32_t sampler;            // AXZ_SAMPLER_*, for roots and for parents without a decision to follow
  uint32_t parent_based;       // follow the parent's decision where there is a parent
  double ratio;                // of AXZ_SAMPLER_RATIO, 0...1
  uint32_t slots;              // of the queue; rounded up to a power of two
  uint32_t spill_bytes;        // memory of queued records that do not fit a slot
  uint32_t batch_spans;        // greatest number of spans in a request
  uint32_t batch_bytes;        // greatest size of a request before compression
  uint64_t interval;           // longest time that a span waits for a batch to fill
  // The sender; unused when the embedder drains.
  uint32_t sends;              // AXZ_SENDS_*
  uint32_t port;
  uint32_t compression;        // AXZ_COMPRESSION_*
  uint32_t retries;            // of one batch after the first attempt
  uint64_t timeout;            // of one request
  uint64_t backoff_first;      // the first pause; doubles up to backoff_last, each with full jitter
  uint64_t backoff_last;
  const char *_Nullable host;  // name or address, NUL-terminated, as are the two below
  const char *_Nullable path;     // over gRPC "/" service "/" method
  const char *_Nullable headers;  // "Name: value\r\n" for each
  // Of a proxy of HTTP: where to connect instead of `host` and `port`, and headers that it alone is sent. Requests of
  // HTTP go to it in absolute form, gRPC makes a tunnel.
  const char *_Nullable proxy_host;
  const char *_Nullable proxy_headers;
  uint32_t proxy_port;
  const uint8_t *_Nullable resource;  // encoded Resource message
  uint32_t resource_size;
  const char *_Nullable resource_schema;
  const char *_Nullable scope_name;  // of the scope with the number 0
  const char *_Nullable scope_version;
} axz_settings;

// MARK: The core

typedef struct axz_core axz_core;
typedef struct axz_exporter axz_exporter;

typedef struct axz_statistics {
  uint64_t started, ended, exported;
  uint64_t dropped_queue_full, dropped_send_failed, dropped_too_large;
  uint64_t rejected;  // by the receiver, in partial successes
  uint64_t batches, retries, sent_bytes, encoded_bytes;
  uint64_t truncated_values, dropped_attributes, dropped_events, dropped_links;
  uint64_t queued, slots;
} axz_statistics;

// What a core keeps; embedders read `limits`, `sampled_below` and the counters, nothing else. A line of the cache is 64
// bytes: what a span reads is in the first two, what it writes in the fourth, what the consumer writes in the fifth.
struct axz_core {
  axz_limits limits;
  uint32_t sampler, parent_based;
  uint64_t sampled_below;     // ids whose low 64 bits are below are sampled, as in OpenTelemetry's TraceIdRatioBased
  uint64_t generation;        // changes in a forked child, so that threads seed their generators again
  uint64_t fixed_ids;         // not 0: ids are this and the following numbers, for tests
  uint64_t fixed_clock;       // not 0: the time, for tests
  uint64_t clock_offset;      // unix time minus ticks
  uint64_t clock_checked;     // tick of the last look at the difference
  uint8_t *slots;             // slot_mask + 1 slots of AXZ_SLOT_BYTES
  uint64_t slot_mask;
  uint64_t wake_above;        // records in the queue that wake the sleeping thread before its interval is over
  uint64_t accepts;           // 0 once the core was shut down: ended spans are counted as dropped
  uint64_t locked_generation; // that `locked_generator` was seeded in
  uint64_t slots_size;
  uint64_t spill_limit;
  void *_Nullable *_Nonnull scopes;  // AXZ_SCOPES_MAX places, the first `scope_count` of them in use
  uint32_t scope_count;
  uint32_t scope_lock;
  uint64_t pad0[4];
  uint64_t enqueue_position;
  uint64_t enqueue_limit;     // positions below it are free for sure
  uint64_t started, ended;
  axz_generator locked_generator;  // of axz_span_start_locked
  uint64_t dequeue_position;
  uint64_t pad2[7];
  uint32_t sleeping;          // the thread waits on `doorbell`
  uint32_t doorbell;
  uint32_t settlements;       // changes whenever a batch was settled; flushes wait on it
  uint32_t consumer;          // 1 while somebody takes from the queue
  uint64_t settled_position;  // every record before it was exported or dropped
  uint64_t flush_position;    // records before it are sent without waiting for a batch to fill
  uint64_t stop_at;           // tick by which the thread ends; 0: it goes on
  uint32_t thread_runs;
  uint32_t process;           // pid that the core was started in
  uint64_t spilled_bytes;
  uint64_t exported, queue_full, send_failed, too_large, rejected;
  uint64_t batches, retries, sent_bytes, encoded_bytes;
  uint64_t truncated_values, dropped_attributes, dropped_events, dropped_links;
  uint32_t warnings;          // kinds of warning not yet taken, one bit each
  uint32_t warned;            // kinds ever given
  uint32_t last_status;       // of the last failed attempt: HTTP's, from 100 on, or gRPC's, below
  int32_t last_error;         // errno of the last failed attempt
  axz_exporter *_Nullable exporter;
};

enum { AXZ_SLOT_BYTES = 512, AXZ_SCOPES_MAX = 1024 };

static inline axz_generator *axz_locked_generator(axz_core *core) { return &core->locked_generator; }

// Has the place of the next record on its way into the cache while other things are done.
static inline void axz_expect_record(axz_core *core) {
  uint64_t slot = axz_load_relaxed(&core->enqueue_position) & core->slot_mask;
  const uint8_t *place = core->slots + slot * AXZ_SLOT_BYTES;
  __builtin_prefetch(place, 1);
  __builtin_prefetch(place + 64, 1);
}

enum {
  AXZ_WARNING_UNREACHABLE = 1,   // the receiver cannot be reached; spans are kept and retried
  AXZ_WARNING_REFUSED = 2,       // the receiver answered that it will not take the spans
  AXZ_WARNING_PARTIAL = 4,       // the receiver took a part of a request only
  AXZ_WARNING_COMPRESSION = 8,   // the library for compression is not there; sent without
  AXZ_WARNING_QUEUE_FULL = 16,   // spans are dropped because they come faster than they are sent
  AXZ_WARNING_FOREIGN = 32,      // gRPC was asked for, and the receiver speaks no HTTP/2
};

// Null when memory is out. The core is never moved; settings and what they point to are copied.
axz_core *_Nullable axz_core_create(const axz_settings *settings);
// After every user of the core has ended: spans that are still alive must not be used any more.
void axz_core_free(axz_core *core);
// The body of the export thread: returns after axz_core_stop. The embedder starts the thread (pthread_create or the
// language's own call) and nothing else runs on it.
void axz_core_run(axz_core *core);
// Asks the thread to try each batch once and to end within `timeout`; waits for that. False when it did not end.
_Bool axz_core_stop(axz_core *core, uint64_t timeout);
// Begins no sampled span from now on, and counts those that end as dropped.
void axz_core_close(axz_core *core);
// After axz_core_stop, where the embedder drains: counts what is left in the queue as dropped.
void axz_core_discard(axz_core *core);
// Sends what is queued now; waits until every record of before was sent or dropped. False when `timeout` passed first.
_Bool axz_core_flush(axz_core *core, uint64_t timeout);
// In a forked child, before any other use: the queue is emptied (the parent sends what is in it) and ids change.
// No thread of the parent lives on; the embedder starts a new one.
void axz_core_after_fork(axz_core *core);
// Replaces the encoded Resource; only while no thread of the core runs. False without memory.
_Bool axz_core_set_resource(axz_core *core, const uint8_t *_Nullable resource, size_t size);
void axz_core_statistics(axz_core *core, axz_statistics *statistics);
// The bits of AXZ_WARNING_* that were not taken before.
uint32_t axz_core_take_warnings(axz_core *core);

// A named scope of spans (InstrumentationScope); the same name, version, schema and attributes give the same number.
// `attributes` are encoded KeyValue fields of the scope message. Returns 0, the scope of the settings, when there
// are too many.
uint32_t axz_scope_register(
    axz_core *core, const char *name, const char *_Nullable version, const char *_Nullable schema,
    const uint8_t *_Nullable attributes, uint32_t attributes_size);

// For embedders that send themselves: waits up to `wait` for a batch (nothing to send: null), and returns an encoded
// ExportTraceServiceRequest that the caller frees with free(3). `spans` is the number of spans in it.
uint8_t *_Nullable axz_core_drain(axz_core *core, uint64_t wait, size_t *size, uint32_t *spans);
// What became of a drained batch: counts and wakes flushes.
void axz_core_settle(
    axz_core *core, uint64_t exported, uint64_t failed, uint64_t rejected, uint64_t sent_bytes, uint64_t retries);

// MARK: Spans

enum { AXZ_SPAN_NEW = 0, AXZ_SPAN_LIVE = 1, AXZ_SPAN_ENDED = 2 };
// AXZ_SPAN_UNLIMITED: attributes are added beyond the limit of their number, for what the SDK itself measures.
enum { AXZ_SPAN_SAMPLED = 1, AXZ_SPAN_REMOTE_PARENT = 2, AXZ_SPAN_HAS_PARENT = 4, AXZ_SPAN_UNLIMITED = 8 };
enum { AXZ_STATUS_UNSET = 0, AXZ_STATUS_OK = 1, AXZ_STATUS_ERROR = 2 };

typedef struct axz_context {
  uint64_t trace_high, trace_low, span_id;
  uint32_t sampled;
  uint32_t remote;
} axz_context;

typedef struct axz_span {
  uint64_t trace_high, trace_low, span_id, parent_id;
  uint64_t start;       // unix time
  uint64_t start_tick;  // 0 when the start was given by the user
  uint64_t end;         // unix time
  uint64_t key_filter;  // one bit for each key's hash: a key whose bit is off is new
  axz_buffer fields;    // encoded fields of the Span message: attributes, events, links, status
  uint16_t scope;       // below AXZ_SCOPES_MAX
  uint16_t generation;  // the core's when the span started, cut to 16 bits; see axz_span_is_inherited
  uint32_t attributes, events, links;
  uint32_t dropped_attributes, dropped_events, dropped_links;
  uint8_t kind;         // as in OTLP: 1 internal ... 5 consumer
  uint8_t state, flags, status;
} axz_span;

// Whether a span was started before this process was forked off: it is the parent's to record, and its end in the child
// puts nothing into the queue.
static inline _Bool axz_span_is_inherited(const axz_core *core, const axz_span *span) {
  return span->state != AXZ_SPAN_NEW && span->generation != (uint16_t)core->generation;
}
// Makes a span of the caller's memory; `storage` of `capacity` bytes follows it or lies elsewhere.
void axz_span_init(
    axz_core *core, axz_span *span, uint8_t *storage, uint32_t capacity, uint32_t scope, uint32_t kind);
// Ids, the sampler's decision and the start. `start` 0: now.
void axz_span_start(axz_core *core, axz_span *span, const axz_context *_Nullable parent, uint64_t start);
// Ends a live span and puts it into the queue, unless it is inherited. `end` 0: now. True when this call ended it.
_Bool axz_span_end(
    axz_core *core, axz_span *span, const uint8_t *_Nullable name, size_t name_size,
    const uint8_t *_Nullable trace_state, size_t trace_state_size, uint64_t end);
// The same for embedders that make these two calls under one lock, and no others instead: ids come from a generator of
// the core, and counting takes no atomic operation.
void axz_span_start_locked(axz_core *core, axz_span *span, const axz_context *_Nullable parent, uint64_t start);
_Bool axz_span_end_locked(
    axz_core *core, axz_span *span, const uint8_t *_Nullable name, size_t name_size,
    const uint8_t *_Nullable trace_state, size_t trace_state_size, uint64_t end);
// Frees what the span holds; the span itself is the caller's.
void axz_span_free(axz_span *span);

// Attributes. An attribute of the same key is replaced; beyond a limit it is counted as dropped.
void axz_span_set_string(
    axz_core *core, axz_span *span, const uint8_t *key, size_t key_size, const uint8_t *_Nullable text, size_t size);
void axz_span_set_bool(axz_core *core, axz_span *span, const uint8_t *key, size_t key_size, _Bool value);
void axz_span_set_int(axz_core *core, axz_span *span, const uint8_t *key, size_t key_size, int64_t value);
void axz_span_set_double(axz_core *core, axz_span *span, const uint8_t *key, size_t key_size, double value);
// `value` is the content of an AnyValue, for arrays, maps and bytes.
void axz_span_set_encoded(
    axz_core *core, axz_span *span, const uint8_t *key, size_t key_size, const uint8_t *_Nullable value, size_t size);
_Bool axz_span_has_attribute(axz_span *span, const uint8_t *key, size_t key_size);
void axz_span_drop_attribute(axz_core *core, axz_span *span);

// Events and links: `attributes` are encoded KeyValue fields of the event (field 3) or the link (field 4).
void axz_span_add_event(
    axz_core *core, axz_span *span, const uint8_t *_Nullable name, size_t name_size, uint64_t time,
    const uint8_t *_Nullable attributes, size_t attributes_size, uint32_t dropped_attributes);
void axz_span_add_link(
    axz_core *core, axz_span *span, const axz_context *target, const uint8_t *_Nullable trace_state,
    size_t trace_state_size, const uint8_t *_Nullable attributes, size_t attributes_size,
    uint32_t dropped_attributes);
// Sets the status; OK is final, and unset does not replace anything (OpenTelemetry's rule).
void axz_span_set_status(
    axz_core *core, axz_span *span, uint32_t status, const uint8_t *_Nullable message, size_t message_size);

// MARK: Time and ids

uint64_t axz_unix_time(axz_core *core);
uint64_t axz_tick(axz_core *core);
uint64_t axz_random_id(axz_core *core);
// The unix time of a tick.
uint64_t axz_unix_time_of_tick(axz_core *core, uint64_t tick);
// For tests: ids are `first` and the numbers after it, and every clock shows `time`; 0: as usual again.
void axz_set_fixed_ids(axz_core *core, uint64_t first);
void axz_set_fixed_clock(axz_core *core, uint64_t time);

// MARK: Token recorder

// Times between tokens in a histogram of fixed size: AXZ_TOKEN_STEPS steps an octave from 2^AXZ_TOKEN_OCTAVE_FIRST
// nanoseconds on. The counts follow the structure in memory, AXZ_TOKEN_RECORDER_BYTES in all.
enum {
  AXZ_TOKEN_OCTAVE_FIRST = 10,
  AXZ_TOKEN_OCTAVES = 32,
  AXZ_TOKEN_STEPS = 16,
  AXZ_TOKEN_BUCKETS = AXZ_TOKEN_OCTAVES * AXZ_TOKEN_STEPS,
};

typedef struct axz_tokens {
  uint64_t first, last;  // ticks of the first and the last token; 0: none yet
  uint64_t count;        // tokens
  uint64_t gaps;         // times between calls that are in the histogram
  uint64_t gap_max;
  uint64_t gap_sum;
} axz_tokens;

enum { AXZ_TOKEN_RECORDER_BYTES = 48 + 4 * AXZ_TOKEN_BUCKETS };

void axz_tokens_init(axz_tokens *tokens);
void axz_tokens_record(axz_core *core, axz_tokens *tokens, uint64_t count);
// The time between tokens below which `share` (0...1) of the gaps lie, in nanoseconds: the middle of its bucket, at
// most gap_max; 0 without gaps.
double axz_tokens_quantile(const axz_tokens *tokens, double share);

// MARK: For embedders that send themselves

// An answer of HTTP/1.1; the content lies inside the bytes that were read.
typedef struct axz_response {
  uint32_t status;
  _Bool keeps_connection;
  uint64_t retry_after;  // seconds; 0: none
  size_t content_offset, content_size;
} axz_response;

enum { AXZ_RESPONSE_UNFINISHED = 0, AXZ_RESPONSE_WHOLE = 1, AXZ_RESPONSE_MALFORMED = 2, AXZ_RESPONSE_BYTES_MAX = 65536 };

// Reads an answer from what has come so far, AXZ_RESPONSE_*; chunks are put together in place. Given at most
// AXZ_RESPONSE_BYTES_MAX bytes at a time; with that many the rest is not waited for.
uint32_t axz_response_read(uint8_t *bytes, size_t size, _Bool is_at_end, axz_response *response);
// The spans that an ExportTraceServiceResponse says were rejected.
uint64_t axz_response_rejected_spans(const uint8_t *_Nullable content, size_t size);
// Bytes compressed as AXZ_COMPRESSION_* says, to be freed with free(3); null when the library is not there.
uint8_t *_Nullable axz_compress(uint32_t compression, const uint8_t *_Nullable bytes, size_t size, size_t *packed_size);

// What an answer says of the request: taken (or a part of it, see axz_response_rejected_spans), to be sent again, or not.
enum { AXZ_VERDICT_TAKEN = 0, AXZ_VERDICT_LATER = 1, AXZ_VERDICT_REFUSED = 2 };

typedef struct axz_answer {
  uint32_t verdict;       // AXZ_VERDICT_*
  uint32_t status;        // HTTP's, from 100 on, or gRPC's, below
  uint64_t pause;         // nanoseconds that the receiver asks to wait; 0: none
  _Bool keeps_connection;
  const uint8_t *_Nullable content;  // an encoded Export...ServiceResponse
  size_t content_size;
} axz_answer;

// MARK: gRPC for embedders that have a connection of their own

// A connection of HTTP/2 with one unary call at a time: the embedder sends what is pending, hands over what comes, and
// closes the connection when the channel is broken. Used by one thread.
typedef struct axz_channel axz_channel;

typedef struct axz_call {
  const char *path;  // "/" service "/" method
  const char *host;
  uint32_t port;
  _Bool is_tls;
  const char *headers;     // "Name: value\r\n" for each
  const char *user_agent;
  uint64_t timeout;        // told to the receiver; to keep it is the embedder's
  uint32_t compression;    // AXZ_COMPRESSION_*, of the body
  const uint8_t *_Nullable body;  // not copied; to be kept until the call is over
  size_t body_size;
} axz_call;

enum {
  AXZ_CHANNEL_PENDING = 0,
  AXZ_CHANNEL_ANSWERED = 1,
  // The connection is to be closed. CLOSED: by the peer before an answer; UNPROCESSED: the peer leaves and has not looked
  // at the call; MALFORMED: the peer broke the rules; FOREIGN: the peer speaks no HTTP/2.
  AXZ_CHANNEL_CLOSED = 2,
  AXZ_CHANNEL_UNPROCESSED = 3,
  AXZ_CHANNEL_MALFORMED = 4,
  AXZ_CHANNEL_FOREIGN = 5,
};

// Null without memory.
axz_channel *_Nullable axz_channel_create(void);
void axz_channel_free(axz_channel *channel);
// Forgets all of the connection before; for a new one.
void axz_channel_reset(axz_channel *channel);
// False without memory, or when the connection can carry no further call. The texts of `call` are copied.
_Bool axz_channel_begin(axz_channel *channel, const axz_call *call);
// The bytes to be sent next, valid until the next call with the channel; null when there are none now.
const uint8_t *_Nullable axz_channel_pending(axz_channel *channel, size_t *size);
void axz_channel_taken(axz_channel *channel, size_t size);
// Hands over what has come; nothing at the end of the stream.
void axz_channel_receive(axz_channel *channel, const uint8_t *_Nullable bytes, size_t size);
// AXZ_CHANNEL_*; `answer` is filled when there is one, and its content is valid until the next call begins.
uint32_t axz_channel_state(axz_channel *channel, axz_answer *answer);

// MARK: Sending on the caller's thread

// Sends requests of any signal over a connection of its own, without TLS. Used by one thread at a time.
typedef struct axz_sender axz_sender;

typedef struct axz_sent {
  _Bool has_answer;
  _Bool is_foreign;  // gRPC was asked for, and the receiver speaks no HTTP/2
  int32_t error;     // errno, without an answer
  axz_answer answer;
  size_t size;       // of the body as it was sent
} axz_sent;

// Of the settings host, port, path, headers, compression, timeout and `sends` count. Null without memory.
axz_sender *_Nullable axz_sender_create(const axz_settings *settings);
void axz_sender_free(axz_sender *sender);
// One attempt; blocks, at most for the timeout and the look-up of the host's name. The answer's content is valid until
// the next attempt.
void axz_sender_send(axz_sender *sender, const uint8_t *_Nullable body, size_t size, axz_sent *sent);

#pragma clang assume_nonnull end
#endif
