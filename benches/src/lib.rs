//! Load and quality measurements.
