"""The fault webhook: a validating admission webhook whose path says how the API server's writes are to suffer."""
