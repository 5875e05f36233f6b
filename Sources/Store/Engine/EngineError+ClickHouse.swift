extension EngineError {
  /// What ClickHouse's error of a number means.
  ///
  /// The numbers are those of its `src/Common/ErrorCodes.cpp`.
  ///
  /// - Parameter message: ClickHouse's own text.
  package init(clickHouse code: Int, message: String) {
    self.init(Self.meaning(of: code, message), message)
  }

  private static func meaning(of code: Int, _ message: String) -> Meaning {
    switch code {
    // CANNOT_COMPILE_REGEXP
    case 427: .invalidRegex(reasonOfRE2(in: message))
    // TOO_MANY_PARTS stands for merges that lag behind, and for one insert into too many partitions.
    case 252: message.contains("partitions") ? .tooManyPartitions : .mergesBehind
    // TIMEOUT_EXCEEDED, TOO_SLOW
    case 159, 160: .timeout
    // MEMORY_LIMIT_EXCEEDED, CANNOT_ALLOCATE_MEMORY
    case 241, 173: .outOfMemory
    // TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES, QUOTA_EXCEEDED
    case 158, 307, 396, 201: .tooLarge
    // QUERY_WAS_CANCELLED, QUERY_WAS_CANCELLED_BY_CLIENT
    case 394, 734: .interrupted
    // UNKNOWN_STATUS_OF_INSERT, UNFINISHED
    case 319, 341: .unknownOutcome
    // TOO_MANY_SIMULTANEOUS_QUERIES, NO_FREE_CONNECTION, SERVER_OVERLOADED
    case 202, 203, 745: .busy
    // TABLE_IS_READ_ONLY, NO_ZOOKEEPER, UNEXPECTED_ZOOKEEPER_ERROR, KEEPER_EXCEPTION
    case 242, 225, 244, 999: .readOnly
    // TOO_FEW_LIVE_REPLICAS, UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, UNKNOWN_STATUS_OF_INSERT of a quorum
    case 285, 286, 289: .noQuorum
    // NOT_ENOUGH_SPACE, S3_ERROR
    case 243, 499: .storageFailure
    // SOCKET_TIMEOUT, NETWORK_ERROR, ALL_CONNECTION_TRIES_FAILED, ALL_REPLICAS_ARE_STALE, ALL_REPLICAS_LOST
    case 209, 210, 279, 265, 519: .unreachable
    // AUTHENTICATION_FAILED, ACCESS_DENIED
    case 516, 497: .forbidden
    case _ where faultsOfStatements.contains(code): .rejected
    // Files, threads, and all that we do not know: the rows may be good, so a sender is asked to keep them and try again.
    default: .unavailable
    }
  }

  /// RE2's own words, which ClickHouse wraps: `… cannot compile re2: (, error: missing ): (. Look at https://…`.
  private static func reasonOfRE2(in message: String) -> String {
    guard let start = message.firstRange(of: "error: ") else { return "the expression is not valid" }
    let rest = message[start.upperBound...]
    return String(rest[..<(rest.firstRange(of: ". Look at")?.lowerBound ?? rest.endIndex)])
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
    // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, AMBIGUOUS_COLUMN_NAME, NO_COMMON_TYPE, UNKNOWN_QUERY_PARAMETER,
    // BAD_QUERY_PARAMETER
    349, 352, 386, 456, 457,
  ]
}
