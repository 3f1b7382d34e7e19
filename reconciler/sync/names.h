#pragma once

namespace reconciler::sync {

/// Who we are to the API server: the owner of every field that Git says.
inline constexpr const char* kFieldManager = "spira-reconciler";

/// The group of the kind `Environment`, which is made of files and never of manifests.
inline constexpr const char* kOwnGroup = "gitops.spira.dev";

/// On a member: the digest of what Git said when it was applied (see `digest_of`).
inline constexpr const char* kDigestAnnotation = "gitops.spira.dev/digest";
/// On a member: the digest of the fields that we owned right after (see `owned_fields_digest`).
inline constexpr const char* kFieldsAnnotation = "gitops.spira.dev/fields";
/// In a manifest: `disabled` keeps the object when it leaves Git; `confirmed` lets one go that would be kept for its
/// kind.
inline constexpr const char* kPruneAnnotation = "gitops.spira.dev/prune";
inline constexpr const char* kPruneDisabled = "disabled";
inline constexpr const char* kPruneConfirmed = "confirmed";

/// What else a manifest may ask for (see `directives.h`).
inline constexpr const char* kDirectivePrefix = "gitops.spira.dev/";
inline constexpr const char* kApplyAnnotation = "gitops.spira.dev/apply";
inline constexpr const char* kReplaceAnnotation = "gitops.spira.dev/replace";
inline constexpr const char* kIgnoreAnnotation = "gitops.spira.dev/ignore";
/// On a member: where the fields are that it leaves to others (`paths_text`); absent when there are none.
inline constexpr const char* kLeftAnnotation = "gitops.spira.dev/left";
/// In a manifest: the wave that applies the object, an integer.
inline constexpr const char* kWaveAnnotation = "gitops.spira.dev/wave";
/// In a manifest: objects that must be as Git says, and healthy, before this one is applied.
inline constexpr const char* kDependsOnAnnotation = "gitops.spira.dev/depends-on";

/// In a manifest: the phases of a sync in which the object is run as a hook.
inline constexpr const char* kHookAnnotation = "gitops.spira.dev/hook";
/// In the manifest of a hook: when its object is deleted.
inline constexpr const char* kHookDeletePolicyAnnotation = "gitops.spira.dev/hook-delete-policy";
/// On the object of a hook: the ApplySet whose hook it is. It is no member: nothing prunes it.
inline constexpr const char* kHookOfLabel = "gitops.spira.dev/hook-of";
/// On the object of a hook: keeps it until its result is in the environment's status.
inline constexpr const char* kHookFinalizer = "gitops.spira.dev/hook";

/// The ApplySet specification (KEP-3659).
inline constexpr const char* kPartOfLabel = "applyset.kubernetes.io/part-of";
inline constexpr const char* kApplySetIdLabel = "applyset.kubernetes.io/id";
inline constexpr const char* kApplySetToolingAnnotation = "applyset.kubernetes.io/tooling";
inline constexpr const char* kApplySetKindsAnnotation = "applyset.kubernetes.io/contains-group-kinds";
inline constexpr const char* kApplySetNamespacesAnnotation = "applyset.kubernetes.io/additional-namespaces";

}  // namespace reconciler::sync
