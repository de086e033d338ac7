"""What is promised, of what, and how strongly it is tried: contract, subject and fault x alert matrix, as data."""
