"""Reports: results.json for programs, a summary and explanations for people. Nothing is judged here."""
