"""Instructor with OpenInference."""

import opentelemetry_setup  # noqa: F401

# docs:
from openinference.instrumentation.instructor import InstructorInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

InstructorInstrumentor().instrument()
OpenAIInstrumentor().instrument()
# :docs
import instructor
import openai
from pydantic import BaseModel


class Weather(BaseModel):
    city: str


client = instructor.from_openai(openai.OpenAI())
MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]
found = client.chat.completions.create(model="axm-instructor", messages=MESSAGES, response_model=Weather)
assert found.city == "Paris"
