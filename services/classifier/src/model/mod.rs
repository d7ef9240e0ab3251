//! Linear text models: features of a text, weights, calibration, and the file that holds them.
