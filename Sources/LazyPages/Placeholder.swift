enum LazyPagesPlaceholder {}
