"""How OTLP writes values, for either core and for what is sent beside the spans."""
