#pragma once

#include "base/result.h"

namespace reconciler::sync {

/// Whether the API server refuses a change only because fields of the live object can never change. Every cause must
/// say so: an object that is wrong besides is merely wrong. Source: the words of k8s.io/apimachinery/pkg/api/validation
/// (ValidateImmutableField) and of the validations in kubernetes/pkg/apis that do not use it.
bool is_immutable(const Error& error);

/// The error, with what a person can do about it in each cause.
Error with_advice(Error error);

}  // namespace reconciler::sync
