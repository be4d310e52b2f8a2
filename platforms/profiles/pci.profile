# A wire between two network cards that DPDK drives (here by the addresses of the PCI bus, bound to
# vfio-pci beforehand: dpdk-devbind.py -b vfio-pci 0000:01:00.0 0000:01:00.1). The guard refuses a
# driver that cannot be polled from a second process, and says which to use instead.
pci 0000:01:00.0
pci 0000:01:00.1
wire wire0=0000:01:00.0,0000:01:00.1
workers 2
mtu 9216
