"""The cases of every program that calls LangChain with OpenAI's models."""

MESSAGES = [("system", "Be brief."), ("user", "How is the weather in Paris?")]


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def run_all():
    import openai
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    config = {"metadata": {"thread_id": "session-1"}}
    ChatOpenAI(model="axm-chat", max_retries=0).invoke(MESSAGES, config)
    model = ChatOpenAI(model="axm-stream", max_retries=0, stream_usage=True)
    assert len(list(model.stream(MESSAGES))) > 3
    OpenAIEmbeddings(model="axm-embeddings", check_embedding_ctx_length=False).embed_documents(["one", "two"])
    ChatOpenAI(model="axm-responses", use_responses_api=True).invoke(MESSAGES)
    for name in ("axm-429", "axm-500"):
        try:
            ChatOpenAI(model=name, max_retries=0).invoke(MESSAGES)
        except openai.APIStatusError as error:
            assert str(error.status_code) == name.removeprefix("axm-")
        else:
            raise AssertionError(f"{name} did not fail")
    tools(ChatOpenAI(model="axm-tools", max_retries=0))


def tools(model):
    """An agent that calls a tool once."""
    from langgraph.prebuilt import create_react_agent

    agent = create_react_agent(model, [get_weather])
    state = agent.invoke({"messages": MESSAGES}, {"configurable": {"thread_id": "session-1"}})
    assert state["messages"][-1].content == "It is sunny in Paris."
