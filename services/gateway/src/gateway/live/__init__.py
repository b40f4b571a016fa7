"""What is so at this moment: each symbol's last trade, and its open window."""
