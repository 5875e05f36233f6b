import HTTPTypes

/// What a person sees in place of the dashboard: why, and where everything else is.
enum NoticePage {
  /// - Parameter notice: a sentence or two, without markup.
  static func response(_ notice: String) -> HTTPResponse {
    var response = HTTPResponse(
      contentType: "text/html; charset=utf-8",
      body: Array(
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Axonize</title>
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark"></head>
        <body><h1>Axonize</h1>
        <p>The server is running. \(escaped(notice))</p>
        <ul>
        <li><a href="/api/v1/traces">/api/v1/traces</a>: the traces of the last hour</li>
        <li><a href="/api/v1/services">/api/v1/services</a>: the services that sent them</li>
        <li><a href="/api/v1/metrics/names">/api/v1/metrics/names</a>: the metrics of the last hour</li>
        <li><a href="/api/v1/openapi.json">/api/v1/openapi.json</a>: the whole API</li>
        <li><a href="/readyz">/readyz</a> and <a href="/metrics">/metrics</a>: how the server is</li>
        </ul>
        <p>On the command line: <code>axonize traces</code>, <code>axonize trace latest</code>,
        <code>axonize metrics list</code>, <code>axonize query node_load1 --chart</code>, <code>axonize host</code>.</p>
        </body></html>
        """.utf8))
    response.fields["cache-control"] = "no-cache"
    PageSecurity.add(to: &response.fields)
    return response
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      default: escaped.append(character)
      }
    }
  }
}
