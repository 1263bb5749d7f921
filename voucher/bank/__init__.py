"""Files exchanged with a bank. Pure: bytes in, values out, and back."""
