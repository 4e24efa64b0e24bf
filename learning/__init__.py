"""Train and measure models."""
