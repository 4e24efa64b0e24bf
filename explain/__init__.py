"""Say where: saliency of each finding."""
