//! What differs between two dashboards, and what is only noise?
