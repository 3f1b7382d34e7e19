package main

import "fmt"

// mixed is so many manifests: of ten, four Deployments, three Services, two ConfigMaps and a Secret.
func mixed(prefix string, count int) []string {
	manifests := make([]string, count)
	for i := range manifests {
		name := fmt.Sprintf("%s-%05d", prefix, i)
		switch i % 10 {
		case 0, 1, 2, 3:
			manifests[i] = deployment(name)
		case 4, 5, 6:
			manifests[i] = service(name)
		case 7, 8:
			manifests[i] = configMap(name, "1")
		default:
			manifests[i] = secret(name)
		}
	}
	return manifests
}

func deployment(name string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  labels: {app.kubernetes.io/name: %[1]s, app.kubernetes.io/part-of: bench}
spec:
  replicas: 2
  selector: {matchLabels: {app.kubernetes.io/name: %[1]s}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: %[1]s, app.kubernetes.io/part-of: bench}
    spec:
      containers:
      - name: main
        image: registry.example.com/bench/main:1.2.3
        args: [--listen=8080, --name=%[1]s]
        ports: [{containerPort: 8080, name: http}, {containerPort: 9090, name: metrics}]
        env: [{name: MODE, value: production}, {name: REGION, value: south}]
        envFrom: [{configMapRef: {name: settings}}]
        resources:
          requests: {cpu: 10m, memory: 32Mi}
          limits: {cpu: 100m, memory: 64Mi}
        readinessProbe: {httpGet: {path: /ready, port: http}}
        volumeMounts: [{name: settings, mountPath: /etc/settings}]
      volumes: [{name: settings, configMap: {name: settings}}]
`, name)
}

func service(name string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata:
  name: %[1]s
  labels: {app.kubernetes.io/name: %[1]s}
spec:
  selector: {app.kubernetes.io/name: %[1]s}
  ports: [{name: http, port: 80, targetPort: http}, {name: metrics, port: 9090, targetPort: metrics}]
`, name)
}

func configMap(name, value string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: ConfigMap
metadata:
  name: %s
data:
  value: %q
  settings.ini: |
    [server]
    listen = 8080
    workers = 4
    [storage]
    path = /var/lib/bench
    size = 1Gi
`, name, value)
}

func secret(name string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Secret
metadata:
  name: %s
stringData: {user: bench, password: not-a-secret-at-all}
`, name)
}
