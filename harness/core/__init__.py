"""What decides, and nothing that acts: text, samples and instants go in, judgements and plans come out.

Nothing in here does I/O, reads a clock or draws a random number, so every decision can be repeated from a recording.
"""
