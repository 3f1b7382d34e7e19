#!/usr/bin/env python3
"""Writes a base of N mixed objects and an overlay that uses most transformers on them.

    render_tree.py FOLDER N

Of the objects 40 % are Deployments that refer to generated ConfigMaps and Secrets, 30 % Services, the rest ConfigMaps, one
in 25 of all generated. The overlay has a patch for each twentieth Deployment and one for all of a kind, both ways.
"""
import pathlib
import sys

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker-{i:05d}
  labels: {{app: worker-{i:05d}, tier: {tier}}}
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{app: worker-{i:05d}}}
  template:
    metadata:
      labels:
        app: worker-{i:05d}
        tier: {tier}
    spec:
      serviceAccountName: default
      containers:
      - name: main
        image: registry.example.com/{tier}:1.{minor}
        args: ["--listen=8080", "--name=worker-{i:05d}"]
        ports:
        - {{containerPort: 8080, name: http}}
        - containerPort: 9090
          name: metrics
        env:
        - name: SETTINGS
          valueFrom:
            configMapKeyRef:
              name: settings-{generated:04d}
              key: mode
        - name: PASSWORD
          valueFrom:
            secretKeyRef:
              name: login-{generated:04d}
              key: password
        - name: REGION
          value: unset
        envFrom:
        - configMapRef:
            name: plain-{plain:05d}
        resources:
          requests: {{cpu: 10m, memory: 32Mi}}
          limits:
            cpu: 100m
            memory: 64Mi
      - name: helper
        image: busybox
        volumeMounts:
        - name: settings
          mountPath: /etc/settings
      volumes:
      - name: settings
        configMap:
          name: settings-{other:04d}
      - name: scratch
        emptyDir: {{}}
"""

SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: entry-{i:05d}
  annotations:
    example.com/owner: "team-{team}"
spec:
  type: ClusterIP
  selector:
    app: worker-{target:05d}
  ports:
  - name: http
    port: 80
    targetPort: http
    protocol: TCP
  - name: metrics
    port: 9090
    targetPort: metrics
"""

CONFIG_MAP = """apiVersion: v1
kind: ConfigMap
metadata:
  name: plain-{i:05d}
data:
  index: "{i}"
  url: http://entry-{target:05d}.default.svc:80/path
  service.ini: |
    [main]
    name = plain-{i:05d}
    level = info
"""

STRATEGIC_MERGE = """- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: worker-{i:05d}
    spec:
      template:
        spec:
          containers:
          - name: main
            env:
            - name: REGION
              value: region-{i}
          - name: extra
            image: extra:{i}
"""

OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namePrefix: live-
namespace: live
resources:
- ../base
labels:
- pairs: {{stage: live}}
  includeSelectors: true
commonAnnotations:
  example.com/revision: "7"
images:
- name: busybox
  newName: registry.example.com/busybox
  newTag: "1.36"
replicas:
- name: worker-00000
  count: 5
replacements:
- source: {{kind: ConfigMap, name: plain-00000, fieldPath: data.index}}
  targets:
  - select: {{kind: Deployment}}
    fieldPaths: [metadata.annotations.source]
    options: {{create: true}}
patches:
- path: all.yaml
  target: {{kind: Deployment}}
- path: ports.yaml
  target: {{kind: Service}}
{patches}"""

ALL_DEPLOYMENTS = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: any
spec:
  template:
    spec:
      tolerations:
      - key: reserved
        operator: Exists
"""

ALL_SERVICES = """- op: replace
  path: /spec/type
  value: NodePort
- op: remove
  path: /spec/ports/1
"""


def write_documents(folder, kind, documents, per_file=100):
    names = []
    for first in range(0, len(documents), per_file):
        name = f"{kind}-{first // per_file:03d}.yaml"
        (folder / name).write_text("---\n".join(documents[first:first + per_file]))
        names.append(name)
    return names


def main():
    root, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    generated = max(1, count // 50)
    deployments, services = int(count * 0.4), int(count * 0.3)
    plain = count - deployments - services - 2 * generated
    base, overlay = root / "base", root / "overlay"
    base.mkdir(parents=True)
    overlay.mkdir()
    tiers = ["web", "api", "worker", "store"]
    files = write_documents(base, "deployments", [
        DEPLOYMENT.format(i=i, tier=tiers[i % 4], replicas=1 + i % 3, minor=i % 7, generated=i % generated,
                          other=(i + 1) % generated, plain=i % plain) for i in range(deployments)])
    files += write_documents(base, "services", [
        SERVICE.format(i=i, team=i % 11, target=i % deployments) for i in range(services)])
    files += write_documents(base, "configmaps", [
        CONFIG_MAP.format(i=i, target=i % services) for i in range(plain)])
    (base / "kustomization.yaml").write_text(
        "resources:\n" + "".join(f"- {name}\n" for name in files)
        + "configMapGenerator:\n"
        + "".join(f"- name: settings-{i:04d}\n  literals: [mode=mode-{i}, other=x]\n" for i in range(generated))
        + "secretGenerator:\n"
        + "".join(f"- name: login-{i:04d}\n  literals: [password=word-{i}]\n" for i in range(generated)))
    patches = "".join(STRATEGIC_MERGE.format(i=i) for i in range(0, deployments, 20))
    (overlay / "kustomization.yaml").write_text(OVERLAY.format(patches=patches))
    (overlay / "all.yaml").write_text(ALL_DEPLOYMENTS)
    (overlay / "ports.yaml").write_text(ALL_SERVICES)


if __name__ == "__main__":
    main()
