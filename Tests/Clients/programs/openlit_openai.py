"""OpenLIT's SDK."""

import openai_cases

# docs:
import openlit

openlit.init(application_name="openlit", environment="test")
# :docs

openai_cases.run_all()
