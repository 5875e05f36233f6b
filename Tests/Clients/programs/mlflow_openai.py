"""MLflow's tracing, sent by OTLP."""

import openai_cases

# docs:
import mlflow

mlflow.openai.autolog()
# :docs

openai_cases.run_all()
