"""Record decisions and export them."""
