enum ProgramRuntimePlaceholder {}
