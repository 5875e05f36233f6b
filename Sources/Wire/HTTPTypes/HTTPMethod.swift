/// An HTTP request method (RFC 9110, section 9).
package enum HTTPMethod: Hashable, Sendable, CustomStringConvertible {
  case get, head, post, put, delete, patch, options
  case other(String)

  package init(_ token: String) {
    switch token {
    case "GET": self = .get
    case "HEAD": self = .head
    case "POST": self = .post
    case "PUT": self = .put
    case "DELETE": self = .delete
    case "PATCH": self = .patch
    case "OPTIONS": self = .options
    default: self = .other(token)
    }
  }

  package var description: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .patch: "PATCH"
    case .options: "OPTIONS"
    case .other(let token): token
    }
  }
}
