//! Tests of the whole, through the command and the published files.
