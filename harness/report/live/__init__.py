"""What people see while a session runs: lines that stay, and on a terminal what is under way below them."""
