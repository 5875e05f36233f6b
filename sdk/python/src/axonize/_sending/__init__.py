"""Sending from Python threads: HTTP with and without TLS, gRPC, retries."""
