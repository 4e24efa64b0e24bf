"""Predict: models, their cards, the job queue and the inference process."""
