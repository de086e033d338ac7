"""Clients: the servers that are asked, and the only code that opens a socket to one. Nothing is judged here."""
