//! divisor review
