"""Figures for analysts, one table a grain. What each counts is told in its contract, so that it can be checked from words alone."""
