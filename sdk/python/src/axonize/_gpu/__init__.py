"""GPUs of this process."""
