//! One file a page kind, one entry each.
