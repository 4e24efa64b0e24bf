"""Quicker ways to run a network on the CPU, each equal to plain PyTorch or not used."""
