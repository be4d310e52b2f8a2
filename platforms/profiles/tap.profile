# A wire between two kernel interfaces: laboratory, quickstart, tests. The kernel side of each port
# is named by iface=; move it into a namespace, or bridge it.
vdev net_tap0,iface=sekisho0
vdev net_tap1,iface=sekisho1
wire wire0=net_tap0,net_tap1
workers 1
# On a machine whose processors are shared, 10 ms without a turn is no stall yet.
stall 200
hang 2000
mtu 9216
