import API
import Engine
package import HTTPTypes
package import TelemetryQueries

extension TenantTelemetry {
  /// Runs the work of a request, and says so where rows that were acknowledged could not be read.
  ///
  /// What is not found may be among them, so it is not said to be missing.
  package func finishing(_ work: () throws -> HTTPResponse) throws -> HTTPResponse {
    do {
      var response = try work()
      guard isIncomplete else { return response }
      if response.status == 404 { throw QueryFailure.unstoredRows }
      response.fields[IncompleteResponse.field] = "true"
      return response
    } catch let problem as Problem where problem.status == 404 && isIncomplete {
      throw QueryFailure.unstoredRows
    }
  }
}
