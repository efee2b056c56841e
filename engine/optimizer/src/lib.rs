//! A problem of named constraints over weights, solved and proved.
