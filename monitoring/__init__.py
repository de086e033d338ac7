"""What a KubeMirror user deploys to watch it, and what is under test."""
