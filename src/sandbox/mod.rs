//! A Grafana-compatible server in the process. It uses no other room.
