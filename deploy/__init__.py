"""Running Timbre: the embedded parts, the payment sandbox and the supervisor."""
