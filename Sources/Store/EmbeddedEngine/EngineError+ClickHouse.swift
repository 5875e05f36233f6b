import EmbeddedClickHouse
import Engine

extension EngineError {
  /// What a failure means to the caller. The numbers are ClickHouse's: `src/Common/ErrorCodes.cpp`.
  init(_ failure: EngineFailure) {
    let kind: Kind =
      switch failure.code {
      // TIMEOUT_EXCEEDED, TOO_SLOW, TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES, MEMORY_LIMIT_EXCEEDED
      case 159, 160, 158, 307, 396, 241: .limitExceeded
      // QUERY_WAS_CANCELLED, QUERY_WAS_CANCELLED_BY_CLIENT
      case 394, 734: .interrupted
      case _ where EngineError.faultsOfStatements.contains(failure.code): .rejected
      // Files, disks, threads, a read-only table, too many parts, and all that we do not know: the rows may be good, so a
      // sender is asked to keep them and try again.
      default: .unavailable
      }
    self.init(kind: kind, code: failure.code, message: failure.message)
  }

  /// What the statement or its rows are to blame for, so that the same call fails again.
  private static let faultsOfStatements: Set<Int> = [
    // CANNOT_PARSE_TEXT, INCORRECT_NUMBER_OF_COLUMNS, THERE_IS_NO_COLUMN, SIZES_OF_COLUMNS_DOESNT_MATCH,
    // NOT_FOUND_COLUMN_IN_BLOCK, DUPLICATE_COLUMN, NO_SUCH_COLUMN_IN_TABLE
    6, 7, 8, 9, 10, 15, 16,
    // CANNOT_PARSE_* of quoted strings, dates and numbers, SIZE_OF_FIXED_STRING_DOESNT_MATCH
    25, 26, 27, 38, 41, 72, 19,
    // BAD_ARGUMENTS, NUMBER_OF_ARGUMENTS_DOESNT_MATCH, ILLEGAL_TYPE_OF_ARGUMENT, ILLEGAL_COLUMN,
    // UNKNOWN_FUNCTION, UNKNOWN_IDENTIFIER, NOT_IMPLEMENTED, LOGICAL_ERROR, UNKNOWN_TYPE, TYPE_MISMATCH
    36, 35, 42, 43, 44, 46, 47, 48, 49, 50, 53,
    // TABLE_ALREADY_EXISTS, UNKNOWN_TABLE, SYNTAX_ERROR, UNKNOWN_AGGREGATE_FUNCTION, ARGUMENT_OUT_OF_BOUND,
    // CANNOT_CONVERT_TYPE, UNKNOWN_DATABASE, UNKNOWN_SETTING, INCORRECT_DATA, TOO_LARGE_ARRAY_SIZE, TOO_LARGE_STRING_SIZE
    57, 60, 62, 63, 69, 70, 81, 115, 117, 128, 131,
    // DECIMAL_OVERFLOW, TOO_DEEP_AST, TOO_BIG_AST, ILLEGAL_AGGREGATION, MULTIPLE_EXPRESSIONS_FOR_ALIAS, SET_SIZE_LIMIT,
    // NOT_AN_AGGREGATE, TOO_DEEP_RECURSION, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    407, 167, 168, 184, 179, 191, 215, 306, 321,
    // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, AMBIGUOUS_COLUMN_NAME, NO_COMMON_TYPE, CANNOT_COMPILE_REGEXP,
    // UNKNOWN_QUERY_PARAMETER, BAD_QUERY_PARAMETER
    349, 352, 386, 427, 456, 457,
  ]
}
