import HTTPTypes

/// What a person sees at `/`: where things are.
enum RootPage {
  static let response = HTTPResponse(
    contentType: "text/html; charset=utf-8",
    body: Array(
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Axonize</title>
      <meta name="viewport" content="width=device-width">
      <meta name="color-scheme" content="light dark">
      <style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style></head>
      <body><h1>Axonize</h1>
      <p>The server is running. Send it telemetry of OpenTelemetry and Prometheus, and look at it:</p>
      <ul>
      <li><a href="/api/v1/traces">/api/v1/traces</a>: the traces of the last hour</li>
      <li><a href="/api/v1/services">/api/v1/services</a>: the services that sent them</li>
      <li><a href="/api/v1/metrics/names">/api/v1/metrics/names</a>: the metrics of the last hour</li>
      <li><a href="/api/v1/targets">/api/v1/targets</a>: what is scraped, and how that goes</li>
      <li><a href="/api/v1/openapi.json">/api/v1/openapi.json</a>: the whole API</li>
      <li><a href="/readyz">/readyz</a> and <a href="/metrics">/metrics</a>: how the server is</li>
      </ul>
      <p>On the command line: <code>axonize traces</code>, <code>axonize trace latest</code>,
      <code>axonize metrics list</code>, <code>axonize query node_load1 --chart</code>, <code>axonize host</code>.</p>
      </body></html>
      """.utf8))
}
