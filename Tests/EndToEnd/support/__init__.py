"""What the end-to-end tests share: the server under test, telemetry as data, and clients."""
