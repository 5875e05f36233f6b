"""OpenLIT's SDK with Anthropic's client."""

import anthropic_cases

# docs:
import openlit

openlit.init(application_name="openlit-anthropic", environment="test")
# :docs

anthropic_cases.run_all()
